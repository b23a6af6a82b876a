create table p(id int primary key, name text); create table b(id int primary key, name text, pid int);
insert into p values (1,'a'),(2,'b'); insert into b values (1,'a',1),(2,'x',1);
select p.id, count(b.id) from p left join b on b.pid=p.id group by p.id, (select u.id from p u where u.name = p.name) order by 1;
select p.id, p.name, count(b.id), (select u.id from p u where u.name = p.name) as s from p left join b on b.pid=p.id group by p.id, p.name, (select u.id from p u where u.name = p.name) order by 1;
select p.name, count(*), (select u.id from p u where u.name = p.name) as s from p group by p.name, (select u.id from p u where u.name = p.name) order by 1;
select count(*), (select u.id from p u where u.name = p.name) as s from p group by (select u.id from p u where u.name = p.name) order by 2;
select p.name as n, (select u.id from p u where u.name = p.name) as s, count(*) from p group by p.name, 2 order by 1;
select (select u.id from p u where u.name = p.name) as s, count(*) from p group by s order by 1;
