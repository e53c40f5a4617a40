BEGIN{RS="\""
x0=1;d1=2;i1=3;h1=4;f1=5;b1=6;a1=7;c1=8
for(a=1;a<256;a++)L[a]=sprintf("%c",a)
for(a=0;a<64;a++)l2[substr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",a+1,1)]=a
G1="["L[1]"-"L[31]"]"
N["b"]="\b";N["f"]="\f";N["n"]="\n";N["r"]="\r";N["t"]="\t"
N["\""]="\"";N["\\"]="\\";N["/"]="/"}
{r[++S]=$0;o0+=length($0)+1}
END{I2()
if(ENVIRON["f_mode"]=="probe"){M1()
U(A0(1,"customModels")?"models":"none")}
m2(k2(ENVIRON[ENVIRON["f_variable"]]))
N1=ENVIRON["f_prefix"]
m1=ENVIRON["f_out"]
if(g2())q2()
M1()
h2()
D2()
t2()
p2()}
function I2(a,S0,d,i,Q1){if(o0==ENVIRON["f_size"]){r[++S]=""}else{o0--}
S0=sprintf("%c",0)
for(a=1;a<=S&&S0!="";a++)if(index(r[a],S0))o0=-1
if(S0==""){RS="\n"
while((getline d<ENVIRON["f_in"])>0)Q1+=split(d,i,"\"")-(d!="")
if(Q1!=S-1)o0=-1}
if(o0!=ENVIRON["f_size"])U("refuse 0:0: NUL byte")}
function U(m){print m
exit 0}
function u(o,J2,a,g,i0,Q,d,i){Q=-1
for(a=1;a in w&&w[a]<o;a++){d=o-w[a]<length(r[a])?substr(r[a],1,o-w[a]):r[a]
g=split(d,i,"\n")
if(g>1){i0+=g-1
Q=w[a]+length(d)-length(i[g])-1}}
U("refuse "(i0+1)":"(o-Q)": "J2)}
function k2(d){if(length(d)%4||d!~/^[A-Za-z0-9+\/]+=?=?$/)U("document it is not base64")
j1(d)
return C1}
function j1(d,a,l,a0,g,n){if(length(d)>512){a0=int(length(d)/8)*4
j1(substr(d,1,a0))
j1(substr(d,a0+1))
return}
for(a=1;a<length(d);a+=4){for(g=l=0;l<4;l++)g=g*64+l2[substr(d,a+l,1)]
n=n L[int(g/65536)]L[int(g/256)%256]L[g%256]}
C1=C1 n}
function m2(d,a,m){g=split(d,y,"\n")
if(y[1]!="{"||y[2]!~/^  "customModels": \[(\],?)?$/||y[g]!="}"){U("document it is not a settings document")}
for(a=2;a<g;a++){m=y[a]
if(m=="    {"){j[++B]=a}else if(m=="    }"||m=="    },"){y[a]="    }"
F2[B]=a
r2[B]=X0(W1(y[j[B]+2]))
l1[r2[B]]=B}else if(m=="  \"sessionDefaultSettings\": {"){q1=a
O1=X0(W1(y[a+1]))}else if(m~/^      "apiKey": /)H2(m)}}
function W1(m){sub(/^ *"[^"]*": "/,"",m)
sub(/",?$/,"",m)
return m}
function H2(m,R){while(match(m,/\$\{[A-Za-z_][A-Za-z0-9_]*\}/)){R=substr(m,RSTART+2,RLENGTH-3)
m=substr(m,RSTART+RLENGTH)
if(ENVIRON[R]==""&&!(R in G2)){G2[R]=1
I0=I0"\nunset "R}}}
function X0(d,i,g,a,b,n){g=split(d,i,/\\/)
n=i[1]
for(a=2;a<=g;a++){b=substr(i[a],1,1)
if(b==""){n=n"\\"i[++a]}else if(b=="u"){b=i[a]~/^u00[2-7]/?index("0123456789abcdef",tolower(substr(i[a],5,1)))-1+16*substr(i[a],4,1):255
n=n L[b]substr(i[a],6)}else{n=n N[b]substr(i[a],2)}}
return n}
function g2(){return S==1&&r[1]!~/[^ \t\r\n]/}
function q2(a,d){if(!B)U("same no models"I0)
for(a=1;a<=g;a++){T0(y[a](y[a]=="    }"&&y[a+1]=="    {"?",":"")(a<g?"\n":""))}
close(m1)
M["added"]=B
U("write "X1" "U1()I0)}
function M1(a){if(substr(r[1],1,3)==L[239]L[187]L[191])u(0,"byte order mark")
q=x0
o=f=k=Y=Z=k1=0
for(a=1;a<=S;a++){w[a]=o
if(O0){K2(r[a])}else if(!(k==2&&r[a]!~/[\r\n]/||k==3&&!index(r[a],"*")))N0(r[a],o,0)
o+=length(r[a])
if(a<S){y2()
o++}}
if(O0)u(o,"unexpected end of file")
if(k==1)u(H0,"unexpected character")
if(k==3||k==4)u(H0,"comment is not closed")
if(k==5)Z0(o)
if(q!=c1)u(o,"unexpected end of file")}
function N0(d,e,r1,a0){if(length(d)>512){a0=int(length(d)/2)
N0(substr(d,1,a0),e,r1)
N0(substr(d,a0+1),e+a0,r1)}else if(r1){o2(d,e)}else{f2(d,e)}}
function y2(){if(O0){if(J=="\\"){J=""
K1("\"")
return}
if(J!="")u(o-length(J),"invalid escape in a string")
O0=0
B2(o+1)}else if(k==1){u(H0,"unexpected character")}else if(k==4){k=3}else if(k==0||k==5){if(k==5)Z0(o)
C2()}}
function C2(){if(q==h1||q==f1){R=1
D1(o)}else{R=0
z1("\"",o)}
n1=R?d0[f]!="":d0[f]~/^[er]|^s$/&&W[f]~/^(id|provider|model)$/
O0=1
d=""}
function B2(h){if(R){W[f]=n1?X0(d):""
q=b1
Y=h
Z=0}else{y1("\"",h,n1?X0(d):"")}}
function K1(v2){if(n1&&length(d)<65536)d=d v2}
function K2(i){K1(i)
if(J!=""||index(i,"\\")||i~G1)N0(i,o,1)}
function o2(i,e,g,a,y0,x,p,b){e-=length(J)
i=J i
J=""
y0=match(i,G1)?RSTART:0
g=split(i,x,/\\/)
p=length(x[1])+1
for(a=2;a<=g;a++){b=substr(x[a],1,1)
if(y0&&y0<p)break
if(b==""){if(a==g)J="\\"
p+=2+length(x[++a])
continue}
if(b=="u"&&a==g&&length(x[a])<5&&x[a]~/^u[0-9A-Fa-f]*$/){J="\\"x[a]}else if(b=="u"?x[a]!~/^u[0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f]/:!(b in N))u(e+p-1,"invalid escape in a string")
p+=1+length(x[a])}
if(y0)u(e+y0-1,"control character in a string")}
function f2(i,e,a,g,b,C){g=length(i)
if(k==0){b=i
gsub(/[ \t\r\n]+/,"",b)
if(b=="")return
if(length(b)==1&&index("{}[]:,",b)){T1(b,e+index(i,b)-1)
return}}
for(a=1;a<=g;a++){b=substr(i,a,1)
if(k==2){C=match(substr(i,a),/[\r\n]/)
if(!C)return
a+=C-1
k=0
Y=e+a-1
Z=1}else if(k==3){C=index(substr(i,a),"*")
if(!C)return
a+=C-1
k=4}else if(k==4){if(b=="/"){k=0
Y=e+a
Z=0}else if(b!="*")k=3}else if(k==1){if(b!="/"&&b!="*")u(H0,"unexpected character")
k=b=="/"?2:3
if(q!=b1&&q!=x0)j2[v[f]]=1}else if(k==0&&index(" \n\t\r",b)){continue}else if(k==0&&b=="/"){k=1
H0=e+a-1}else if(b~/[A-Za-z0-9+.-]/){if(k==0){z1("w",e+a-1)
Y0=""
k=5}
C=match(substr(i,a),/[^A-Za-z0-9+.-]/)
Y0=Y0 substr(i,a,C?C-1:g)
if(!C)return
a+=C-2
Z0(e+a)}else{if(k==5)Z0(e+a-1)
if(b=="/"){k=1
H0=e+a-1}else if(!index(" \n\t\r",b))T1(b,e+a-1)}}}
function Z0(h){k=0
if(Y0!~/^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)$/)u(h-length(Y0),"invalid value")
y1("w",h,"")}
function T1(b,e){if(b=="{"||b=="["){z1(b,e)
x2(b,e)}else if(b==","&&q==a1){if(v[f])e1[v[f],t[v[f]]]=e
q=s0[f]=="{"?f1:i1
Y=e+1
Z=0}else if(b==":"&&q==b1){q=x0}else if(b=="}"&&s0[f]=="{"||b=="]"&&s0[f]=="["){if(q==f1||q==i1)u(e,"trailing comma")
if(q!=a1&&q!=h1&&q!=d1)u1(e)
A2(e)}else{u1(e)}}
function u1(e){u(e,q==c1?"text after the end":"unexpected character")}
function z1(b,e){if(q!=x0&&q!=d1&&q!=i1)u1(e)
if(!f&&b!="{"){u(e,"the settings are not an object")}
if(q!=x0)D1(e)
if(v[f])u0[v[f],t[v[f]]]=e
d2=e}
function D1(e,b,c){if(b=v[f]){c=++t[b]
X[b,c]=e
A1[b,c]=Y
a2[b,c]=Z}}
function x2(b,e,p){if(!f){p="r"}else if(d0[f]=="m"){p="e"}else if(d0[f]=="r"&&W[f]=="customModels"){p="m"}else if(d0[f]=="r"&&W[f]=="sessionDefaultSettings")p="s"
d0[++f]=p
s0[f]=b
W[f]=""
v[f]=0
if(p=="e"){F0=F1=n0["model"]=n0["baseUrl"]=n0["provider"]=""}else if(p!=""){v[f]=++k1
F[k1]=e
t[k1]=0}
q=b=="{"?h1:d1
Y=e+1
Z=0}
function A2(e,b){b=v[f]
if(b){J0[b]=e
K0[b]=Y
Y1[b]=Z}
f--
if(d0[f+1]=="e"){m0[v[f],t[v[f]]]=F0
B1[v[f],t[v[f]]]=F1
Z1[v[f],t[v[f]]]=n0["model"]n0["baseUrl"]n0["provider"]}
y1(s0[f+1],e+1,b)}
function y1(W0,h,l0,b,c){Y=h
Z=0
if(!f){q=c1
return}
q=a1
if(b=v[f]){c=t[b]
V[b,c]=h
t0[b,c]=W0
g1[b,c]=s0[f]=="{"?W[f]:""
v0[b,c]=l0}else if(d0[f]=="e"){n0[W[f]]=W0=="\""?1:""
if(W[f]=="id"){F0=W0=="\""?l0:""}else if(W[f]=="provider")F1=W0=="\""&&l0!~/^(anthropic|openai|generic-chat-completion-api)$/?d2:""}}
function A0(b,g0,c){for(c=b?t[b]:0;c>0;c--)if(g1[b,c]==g0)return c
return 0}
function h2(c,C){b0=A0(1,"customModels")
j0=A0(1,"sessionDefaultSettings")
if(b0&&t0[1,b0]!="[")u(u0[1,b0],"customModels is not an array")
s=b0?v0[1,b0]:0
for(c=1;s&&c<=t[s];c++){if(!C0(m0[s,c])&&B1[s,c]!="")u(B1[s,c],"provider makes Droid drop every model")
if(!C0(m0[s,c])&&ENVIRON["f_strict"]!=""&&Z1[s,c]!=111)u(u0[s,c],"entry without model, baseUrl or provider makes Droid drop every model")}
if(j0&&t0[1,j0]!="{"&&O1!=""){u(u0[1,j0],"sessionDefaultSettings is not an object")}
K=j0&&t0[1,j0]=="{"?v0[1,j0]:0}
function C0(d){return substr(d,1,length(N1))==N1}
function D2(a,g,g0,E0,B0){D0="\n"
for(a=1;a<=S&&!(g=index(r[a],"\n"));a++){}
if(g>1&&substr(r[a],g-1,1)=="\r")D0="\r\n"
v1="  "
G=!t[1]
if(!t[1])return
for(a=U0(F[1]);a<=S&&!G;a++){g=index(w[a]<F[1]?substr(r[a],F[1]-w[a]+1):r[a],"\n")
if(g){G=(w[a]<F[1]?F[1]:w[a])+g-1<J0[1]
break}}
if(G){g0=X[1,1]
E0=h0(F[1])
B0=h0(g0)
if(P0(g0)>F[1]&&P0(g0)+length(B0)==g0&&length(B0)>length(E0)&&substr(B0,1,length(E0))==E0)v1=substr(B0,length(E0)+1)}}
function U0(e,z,P,Q0){z=1
P=S
while(z<P){Q0=int((z+P+1)/2)
if(w[Q0]<=e){z=Q0}else{P=Q0-1}}
return z}
function k0(j,h,a,d,A){d=""
for(a=U0(j);j<h;a++){A=w[a]+length(r[a])
if(j<A){d=d substr(r[a],j-w[a]+1,(h<A?h:A)-j)
j=h<A?h:A}
if(j<h){d=d"\""
j++}}
return d}
function P0(e,a,d,i,g){a=U0(e)
d=substr(r[a],1,e-w[a])
while(a>1&&!index(d,"\n"))d=r[--a]
g=split(d,i,"\n")
return g>1?w[a]+length(d)-length(i[g]):0}
function h0(e,d,m,z,P,c){for(m=P0(e);s;m=P0(e=X[s,z])){z=0
for(P=t[s];z<P;){c=int((z+P+1)/2)
if(X[s,c]<m){z=c}else{P=c-1}}
if(!z||V[s,z]<=m||!C0(m0[s,z]))break}
d=k0(m,e)
match(d,/^[ \t]*/)
return substr(d,1,RLENGTH)}
function f0(j,h,d){c0[++z0]=j
q0[z0]=h
r0[z0]=d}
function R1(x,p,I,l,a){i0=0
if(x=="list"){G0("  \"customModels\": [")
for(l=1;l<=B;l++){P1(l,l-1)
w0[i0]=w0[i0](l<B?",":"")}
G0("  ]")}else if(x=="session"){for(a=0;a<3;a++)G0(y[q1+a])}else if(x=="model"){G0(y[q1+1])}else{P1(x,p)}
return s2(I)}
function G0(d){w0[++i0]=d}
function P1(l,p,a){for(a=j[l];a<=F2[l];a++)G0(a==j[l]+3?"      \"index\": "p",":y[a])}
function s2(I,a,d,F0,n,f){match(w0[1],/^ */)
F0=RLENGTH
for(a=1;a<=i0;a++){match(w0[a],/^ */)
d=substr(w0[a],RLENGTH+1)
f=(RLENGTH-F0)/2
if(!G){if(match(d,/^"([^"\\]|\\.)*": /))d=substr(d,1,RLENGTH-1)substr(d,RLENGTH+1)}else if(a>1){n=n D0 I
while(f-->0)n=n v1}
n=n d}
return n}
function t2(a){if(b0)I1[b0]=u2()
i2()
if(B&&!b0){e0[++E]="list"
M["added"]=B}
if(w2)e0[++E]="session"
for(a=t[1];a>0&&I1[a]&&z2(a);a--)D++
for(a=1;a<=D;a++)T[a]=t[1]-D+a
L0(1)}
function u2(a,l,p1,p0,p,o1,w1,R0){for(a=1;a<=t[s];a++){if(C0(m0[s,a])){l=m0[s,a]in l1?l1[m0[s,a]]:0
p0[a]=l&&!(l in p1)?l:"free"
if(l)p1[l]=1}}
for(l=1;l<=B;l++)if(!(l in p1))w1[++o1]=l
for(a=1;a<=t[s];a++){if(p0[a]=="free"&&R0<o1){p0[a]=w1[++R0]
M["added"]++
M["updated"]--
M["removed"]++}
if(p0[a]=="free"){T[++D]=a
M["removed"]++
continue}
if(p0[a]!="")M["updated"]+=S1(s,a,p0[a],p)
p++}
while(R0<o1){e0[++E]=w1[++R0]
c2[E]=p++
M["added"]++}
return L0(s)}
function i2(O,V1){O=A0(K,"model")
V1=A0(1,"model")
if(O1!=""&&!E1(K,O)&&!E1(1,V1)){if(O){f0(u0[K,O],V[K,O],E2(y[q1+1]))}else if(K){e0[1]="model"
E=1
L0(K)}else{w2=1}}else if(O&&t0[K,O]=="\""&&J1(v0[K,O])){T[1]=O
D=1
I1[j0]=L0(K)}}
function E2(m){sub(/^ *"model": /,"",m)
return m}
function J1(d){return C0(d)&&!(d in l1)}
function E1(b,c){return c&&t0[b,c]=="\""&&v0[b,c]!=""&&!J1(v0[b,c])}
function z2(a,c){c=1
while(g1[1,c]!=g1[1,a])c++
return c==a&&!index(k0(X[1,a],u0[1,a]),"/")}
function L0(b,a,H,L1){while(H<D&&H<E){H++
S1(b,T[H],e0[H],0)}
for(a=H+1;a<=D||a<=E;a++){T[a-H]=T[a]
e0[a-H]=e0[a]}
D-=H
E-=H
if(E)b2(b)
L1=D?n2(b):0
E=D=0
return L1}
function S1(b,c,x,p,d){d=R1(x,p+0,G?h0(X[b,c]):"")
if(d!=k0(X[b,c],V[b,c])){f0(X[b,c],V[b,c],d)
return 1}
return 0}
function b2(b,I,s1,V0,h,x1,c,a,n){c=t[b]
if(G)I=c?h0(X[b,c]):h0(F[b])v1
if(c)f0(V[b,c],V[b,c],",")
s1=k0(K0[b],J0[b])
x1=K0[b]
if(index(s1,"\n")||Y1[b]){V0=(G?D0:"\r")I}else if(!c&&G){V0=D0 I
h=D0 h0(F[b])
x1=J0[b]}else if(s1!=""||c&&G){V0=" "
I=G?h0(K0[b]):""}
for(a=1;a<=E;a++){n=n V0 R1(e0[a],c2[a],I)
if(a<E)n=n","}
f0(K0[b],x1,n h)}
function n2(b,a,c,Q,M0,j){Q=t[b]
for(a=D;a>0&&T[a]==Q;a--)Q--
if(!Q&&!j2[b]){f0(F[b]+1,J0[b],"")
return 1}
for(a=1;a<=D;a++){c=T[a]
M0=c>Q&&c>1?e1[b,c-1]:e1[b,c]
if(M0)f0(M0,M0+1,"")
j=A1[b,c]
if(a2[b,c]&&e2(b,a)!~/[\r\n]/)j+=k0(j,j+2)=="\r\n"?2:1
f0(j,V[b,c],"")}
return 0}
function e2(b,a,c,h){do{c=T[a]
h=V[b,c]
if(e1[b,c]==h)h++}while(T[++a]==c+1&&a<=D&&A1[b,c+1]==h)
return k0(h,h+1)}
function T0(d){printf"%s",d>m1
X1+=length(d)}
function p2(a,c,j,h,d){if(!z0)U("same up to date, models: "B+0 I0)
for(a=2;a<=z0;a++){j=c0[a]
h=q0[a]
d=r0[a]
for(c=a-1;c>0&&c0[c]>j;c--){c0[c+1]=c0[c]
q0[c+1]=q0[c]
r0[c+1]=r0[c]}
c0[c+1]=j
q0[c+1]=h
r0[c+1]=d}
o=0
for(a=1;a<=z0;a++){if(c0[a]>=o){H1(o,c0[a])
T0(r0[a])
o=q0[a]}}
H1(o,o0)
close(m1)
U("write "X1" "U1()I0)}
function U1(d){d=t1("added")t1("updated")t1("removed")
return d==""?"default model changed":"models: "substr(d,3)}
function t1(l0){return M[l0]>0?", "M[l0]" "l0:""}
function H1(j,h,a,A){for(a=U0(j);j<h;a++){A=w[a]+length(r[a])
if(j==w[a]&&A<h){T0(r[a]"\"")
j=A+1}else{T0(k0(j,h<=A?h:A+1))
j=h<=A?h:A+1}}}